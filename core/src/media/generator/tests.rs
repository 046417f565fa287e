use super::*;

/// A PNG with these chunks and nothing to see.
fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = png::SIGNATURE.to_vec();
    for (kind, data) in chunks.iter().chain(&[(b"IEND", &b""[..])]) {
        file.extend(u32::try_from(data.len()).expect("small").to_be_bytes());
        file.extend([kind.as_slice(), data, &[0; 4]].concat());
    }
    file
}

fn read_text(keyword: &str, text: &str) -> Option<Generation> {
    let data = [keyword.as_bytes(), b"\0", text.as_bytes()].concat();
    read(&png(&[(b"tEXt", &data)]), MediaType::Png).expect("a whole file")
}

const INFOTEXT: &str = "a harbour, dusk\nmasterpiece: yes\nNegative prompt: fog,\nrain\n\
    Steps: 20, Sampler: DPM++ 2M, CFG scale: 7.5, Seed: 18446744073709551615, Size: 512x768, Model hash: 6ce0161689, \
    Model: v1-5-pruned, Lora hashes: \"detail: 7c6bad76eb54, more: 0a\", Version: v1.9.3";

fn assert_infotext(found: &Generation) {
    assert_eq!(found.tool, Tool::Automatic1111);
    assert_eq!(found.prompt.as_deref(), Some("a harbour, dusk\nmasterpiece: yes"));
    assert_eq!(found.negative_prompt.as_deref(), Some("fog,\nrain"));
    assert_eq!(found.seed.as_deref(), Some("18446744073709551615"));
    assert_eq!(found.steps.as_deref(), Some("20"));
    assert_eq!(found.cfg_scale.as_deref(), Some("7.5"));
    assert_eq!(found.sampler.as_deref(), Some("DPM++ 2M"));
    assert_eq!(found.model.as_deref(), Some("v1-5-pruned"));
    assert_eq!(found.model_hash.as_deref(), Some("6ce0161689"));
    assert_eq!((found.width, found.height), (Some(512), Some(768)));
    assert_eq!(found.others["Lora hashes"], "detail: 7c6bad76eb54, more: 0a");
    assert_eq!(found.others["Version"], "v1.9.3");
    assert_eq!(found.others.len(), 2);
}

#[test]
fn an_infotext_is_read_from_any_text_chunk() {
    assert_infotext(&read_text("parameters", INFOTEXT).expect("an infotext"));
    let mut international = b"parameters\0\0\0\0\0".to_vec();
    international.extend(INFOTEXT.as_bytes());
    let found = read(&png(&[(b"iTXt", &international)]), MediaType::Png).expect("whole");
    assert_infotext(&found.expect("an infotext"));
    let mut deflated = b"parameters\0\0".to_vec();
    let mut encoder = flate2::read::ZlibEncoder::new(INFOTEXT.as_bytes(), flate2::Compression::fast());
    std::io::Read::read_to_end(&mut encoder, &mut deflated).expect("in memory");
    let found = read(&png(&[(b"zTXt", &deflated)]), MediaType::Png).expect("whole");
    assert_infotext(&found.expect("an infotext"));
}

#[test]
fn an_infotext_is_read_from_exif_in_both_byte_orders() {
    for encode in [u16::to_be_bytes, u16::to_le_bytes] {
        let text: Vec<u8> = INFOTEXT.encode_utf16().flat_map(encode).collect();
        let comment = [b"UNICODE\0".to_vec(), text].concat();
        let comment_length = u32::try_from(comment.len()).expect("small").to_be_bytes();
        let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x1A\0\0\0\0".to_vec();
        exif.extend([b"\0\x01\x92\x86\0\x07", comment_length.as_slice(), b"\0\0\0\x2C\0\0\0\0"].concat());
        exif.extend(comment);
        let length = u16::try_from(exif.len() + 2).expect("small").to_be_bytes();
        let jpeg = [b"\xFF\xD8\xFF\xE1", length.as_slice(), &exif, b"\xFF\xD9"].concat();
        assert_infotext(&read(&jpeg, MediaType::Jpeg).expect("whole").expect("an infotext"));
    }
}

#[test]
fn a_text_without_settings_is_no_infotext() {
    for text in ["", "a harbour", "{\"steps\": 3}", "time: 5, place: here", "Negative prompt: fog"] {
        assert_eq!(read_text("parameters", text), None, "{text}");
    }
    assert_eq!(read_text("Comment", INFOTEXT), None);
    assert_eq!(read(&png(&[]), MediaType::Png).expect("whole"), None);
}

#[test]
fn a_list_of_resources_stays_one_value() {
    let line = "Steps: 9, Seed: 1, Size: 8x8, Civitai resources: [{\"type\":\"lora\",\"weight\":1, \"x\":\"a: b\"}], Z: 1, Done: yes";
    let found = read_text("parameters", line).expect("settings");
    assert_eq!(found.others["Civitai resources"], "[{\"type\":\"lora\",\"weight\":1, \"x\":\"a: b\"}]");
    assert_eq!(found.others["Done"], "yes");
    assert_eq!(found.prompt, None);
}

const GRAPH: &str = r#"{
    "3": {"class_type": "KSampler", "is_changed": [NaN], "inputs": {"seed": 18446744073709551615, "steps": 20, "cfg": 8.0,
        "sampler_name": "euler", "scheduler": "normal", "denoise": 1, "model": ["10", 0], "positive": ["6", 0],
        "negative": ["7", 0], "latent_image": ["5", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 640, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["11", 0], "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "fog, NaN", "clip": ["4", 1]}},
    "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "detail.safetensors", "model": ["4", 0]}},
    "11": {"class_type": "PrimitiveString", "inputs": {"value": "a harbour \"at\" dusk"}},
    "12": {"class_type": "KSampler", "inputs": {"seed": 5, "latent_image": ["3", 0], "positive": ["6", 0], "negative": ["7", 0]}}
}"#;

#[test]
fn a_graph_is_followed_from_its_first_sampler() {
    let found = read_text("prompt", GRAPH).expect("a graph");
    assert_eq!(found.tool, Tool::ComfyUi);
    assert_eq!(found.seed.as_deref(), Some("18446744073709551615"));
    assert_eq!(found.steps.as_deref(), Some("20"));
    assert_eq!(found.cfg_scale.as_deref(), Some("8.0"));
    assert_eq!(found.sampler.as_deref(), Some("euler"));
    assert_eq!(found.prompt.as_deref(), Some("a harbour \"at\" dusk"));
    assert_eq!(found.negative_prompt.as_deref(), Some("fog, NaN"));
    assert_eq!(found.model.as_deref(), Some("v1-5.safetensors"));
    assert_eq!((found.width, found.height), (Some(512), Some(640)));
    assert_eq!(found.others["lora_name"], "detail.safetensors");
    assert_eq!(found.others["scheduler"], "normal");
}

#[test]
fn a_sampler_in_parts_is_put_together() {
    let json = r#"{
        "1": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise": ["2", 0], "guider": ["3", 0], "sampler": ["4", 0],
            "sigmas": ["5", 0], "latent_image": ["6", 0]}},
        "2": {"class_type": "RandomNoise", "inputs": {"noise_seed": 9007199254740993}},
        "3": {"class_type": "CFGGuider", "inputs": {"cfg": 3.5, "model": ["8", 0], "positive": ["9", 0], "negative": ["10", 0]}},
        "4": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "heun"}},
        "5": {"class_type": "BasicScheduler", "inputs": {"steps": 4, "scheduler": "simple"}},
        "6": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1024, "height": 768}},
        "7": {"class_type": "CLIPTextEncodeFlux", "inputs": {"clip_l": "a", "t5xxl": "b"}},
        "8": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux.safetensors"}},
        "9": {"class_type": "FluxGuidance", "inputs": {"conditioning": ["7", 0], "guidance": 3.5}},
        "10": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["7", 0]}}
    }"#;
    let found = read_text("prompt", json).expect("a graph");
    assert_eq!(found.seed.as_deref(), Some("9007199254740993"));
    assert_eq!(found.sampler.as_deref(), Some("heun"));
    assert_eq!(found.steps.as_deref(), Some("4"));
    assert_eq!(found.prompt.as_deref(), Some("a\nb"));
    assert_eq!(found.negative_prompt, None);
    assert_eq!(found.model.as_deref(), Some("flux.safetensors"));
    assert_eq!((found.width, found.height), (Some(1024), Some(768)));
}

#[test]
fn cyclic_deep_and_wide_graphs_end() {
    let cyclic = r#"{"1": {"class_type": "KSampler", "inputs": {"seed": ["1", 0], "model": ["1", 0], "positive": ["2", 0],
        "negative": ["2", 0], "latent_image": ["1", 0]}}, "2": {"class_type": "X", "inputs": {"conditioning": ["2", 0], "text": ["2", 0]}}}"#;
    let found = read_text("prompt", cyclic).expect("a graph");
    assert_eq!((found.seed, found.prompt), (None, None));
    let nodes: Vec<String> = (0..3000)
        .map(|n| {
            let next = n + 1;
            format!(
                r#""{n}": {{"class_type": "KSampler", "inputs": {{"latent_image": ["{next}", 0], "positive": ["{next}", 0],
                "model": ["{next}", 0], "lora_name": ["{next}", 0], "value": ["{next}", 0], "seed": ["{next}", 0]}}}}"#
            )
        })
        .collect();
    assert!(read_text("prompt", &format!("{{{}}}", nodes.join(","))).is_some());
    let nested = "[".repeat(100_000);
    assert_eq!(read_text("prompt", &nested), None);
    assert_eq!(read_text("prompt", &format!("{{\"1\": {nested}")), None);
}

#[test]
fn the_graph_counts_before_a_text_beside_it_and_a_workflow_last() {
    let both = [["prompt\0", GRAPH].concat(), ["parameters\0", INFOTEXT].concat()];
    let file = png(&[(b"tEXt", both[1].as_bytes()), (b"tEXt", both[0].as_bytes())]);
    assert_eq!(read(&file, MediaType::Png).expect("whole").expect("found").tool, Tool::ComfyUi);
    let found = read_text("workflow", r#"{"nodes": [{"id": 1}], "links": []}"#).expect("a workflow");
    assert_eq!((found.tool, found.prompt), (Tool::ComfyUi, None));
    assert_eq!(read_text("prompt", r#"{"nodes": 3}"#), None);
    assert_eq!(read_text("prompt", "a harbour"), None);
}

#[test]
fn prompts_are_in_no_debug_text_and_no_error() {
    let found = read_text("parameters", INFOTEXT).expect("an infotext");
    let text = format!("{found:?}");
    assert!(!text.contains("harbour") && !text.contains("rain") && !text.contains("7c6bad76eb54"), "{text}");
    let cut = png(&[(b"tEXt", b"parameters\0a harbour")]);
    let error = read(&cut[..30], MediaType::Png).expect_err("cut off");
    assert!(!format!("{error} {error:?}").contains("harbour"));
}
